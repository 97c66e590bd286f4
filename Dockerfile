# Two stages: the first installs from the hashed lock, the second carries only what runs.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.txt pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY contracts contracts
COPY payers payers
COPY service service
RUN python -m venv /app \
 && /app/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
 && /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /app/bin/python -m compileall -q /app/lib

FROM python:3.11-slim
# The root file system may be read-only: nothing is written outside the volume /data.
ENV PATH=/app/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --home-dir /data --create-home benefits
COPY --from=build /app /app
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# Outside loopback the service refuses to start until it has the production profile, sealing keys and callers' keys.
CMD ["benefits", "serve", "--host", "0.0.0.0", "--port", "8000"]
