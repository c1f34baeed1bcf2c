"""Purging: what was erased leaves the files of PostgreSQL and Kafka as well.

An erasure deletes a row and buries a record.  The bytes stay: in dead rows, in statistics, in the
log that PostgreSQL writes ahead, and in segments of topics that were not compacted yet.
"""
