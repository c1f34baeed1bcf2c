"""The fields of requests and of rows that several subjects use."""
