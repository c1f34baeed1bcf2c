"""Spreadsheets of applications: read, shown row by row, then imported."""
