# The image that both stages begin with, by its digest: a tag is another image tomorrow. Nobody can pin it for you, as a
# digest is one registry's word on one day, so it is an argument without a default:
#
#     docker build --build-arg BASE=python:3.11-slim@sha256:<digest> -t benefits .
#
# `docker buildx imagetools inspect python:3.11-slim` prints the digest of today. Renew it when Debian or Python mend
# something, and scan what you pinned.
ARG BASE

# Two stages: the first builds and installs from the hashed locks, the second carries only what runs.
FROM ${BASE} AS build
ARG BASE
RUN case "${BASE}" in *@sha256:*) ;; *) echo "BASE is pinned by a digest: name@sha256:…" >&2; exit 1;; esac
WORKDIR /src
COPY requirements.txt pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY .ci/requirements-build.txt .ci/
COPY contracts contracts
COPY payers payers
COPY service service
# The tools that build stand in an environment of their own; the one that runs has neither them nor pip.
RUN python -m venv /tools \
 && /tools/bin/pip install --no-cache-dir --require-hashes -r .ci/requirements-build.txt \
 && /tools/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m venv --without-pip /app \
 && /tools/bin/pip --python /app/bin/python install --no-cache-dir --require-hashes -r requirements.txt \
 && /tools/bin/pip --python /app/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl \
 && /app/bin/python -m compileall -q /app/lib

FROM ${BASE}
# The root file system may be read-only: nothing is written outside the volume /data.
ENV PATH=/app/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The base brings pip and what it installs with; a process that was broken into should find none of it.
RUN /usr/local/bin/python -m pip uninstall --yes --quiet --root-user-action=ignore setuptools wheel pip \
 && rm -rf /usr/local/lib/python3*/ensurepip /usr/local/bin/pip* \
 && useradd --system --uid 10001 --home-dir /data --create-home benefits
COPY --from=build /app /app
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# Outside loopback the service refuses to start until it has the production profile, sealing keys, callers' keys, and
# BENEFITS_BEHIND_TLS=true, which says that a proxy of yours ends TLS in front of it.
CMD ["benefits", "serve", "--host", "0.0.0.0", "--port", "8000"]
