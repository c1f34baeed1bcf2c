"""Exit 0 when the service in this container says that it is `live`, or `ready`.

For Docker's health checks: the standard library alone, as the image has no curl.
"""

import os
import sys
import urllib.error
import urllib.request

port = os.environ.get("MAARID_PORT", "8000")
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/health/{sys.argv[1]}", timeout=4).close()
except (OSError, urllib.error.URLError) as error:
    # Docker keeps what is printed here, and shows it in `docker inspect`.
    sys.exit(str(error))
