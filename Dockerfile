# One image for api, followers, worker and migrate; which of them it is says the command.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app \
    TRAVELLR_HOME=/var/lib/travellr

RUN useradd --system --user-group --no-create-home --home-dir /var/lib/travellr --shell /usr/sbin/nologin travellr \
 && install --directory --owner=travellr --group=travellr --mode=0700 /var/lib/travellr

WORKDIR /app

# Before the sources, so that a changed line of ours does not install everything again.
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY domain domain
COPY commands commands
COPY projections projections
COPY queries queries
COPY infrastructure infrastructure
COPY api api
COPY workers workers
COPY sandbox sandbox
RUN python -m compileall -q /app \
 && printf '#!/bin/sh\nexec python -P -m infrastructure.cli "$@"\n' > /usr/local/bin/travellr \
 && chmod 0755 /usr/local/bin/travellr

USER travellr
EXPOSE 8000
CMD ["travellr", "--help"]
