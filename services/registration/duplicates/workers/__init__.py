"""What goes on beside the requests about organisations that may be one."""
