"""What our images and locks are made of: compared, listed, audited.

`python -m deploy.supply check` compares what is installed in an image with its lock and writes its
SBOM, `licences` lists and judges licences, `audit` asks for known vulnerabilities.
"""
