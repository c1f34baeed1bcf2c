"""`python -m chassis.jobs PARENT`: the child process of a service in which its jobs run."""

import sys

from chassis.jobs.child import main

main(int(sys.argv[1]))
