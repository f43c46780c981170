#!/usr/bin/env bash
# Build the scoring image, try it, push it. Runs in CodeBuild, from the folder of the Dockerfile.
set -euo pipefail
: "${REPOSITORY:?}" "${REPOSITORY_URI:?}" "${IMAGE_TAG:?}" "${PYTHON_DIGEST:?}" "${RUN_AS:?}"
image="$REPOSITORY_URI:$IMAGE_TAG"

# A tag says what the image was made of, and never moves: there is nothing to do twice.
if aws ecr describe-images --repository-name "$REPOSITORY" --image-ids imageTag="$IMAGE_TAG" \
  > /dev/null 2>&1; then
  echo "$image is in the repository already"
  exit 0
fi

docker build \
  --build-arg PYTHON_DIGEST="$PYTHON_DIGEST" \
  --build-arg RUN_AS="$RUN_AS" \
  --build-arg SOURCE_HASH="$IMAGE_TAG" \
  --tag "$image" .

# As SageMaker may run it: the given user, nothing writable but /tmp, here without a network.
inside=(docker run --rm --network none --read-only --tmpfs /tmp --entrypoint /opt/venv/bin/python)
"${inside[@]}" "$image" -c 'import boto3, lightgbm; boto3.client("s3", region_name="us-east-1")'
"${inside[@]}" "$image" -c \
  'import ctypes; ctypes.CDLL("/opt/program/container/native/build/libscoring.so")'

echo "what is in the image (the whole of it: /opt/program/sbom.json in the image)"
"${inside[@]}" "$image" -c \
  'import json; [print(c["purl"]) for c in json.load(open("/opt/program/sbom.json"))["components"]]'

aws ecr get-login-password | docker login --username AWS --password-stdin "${REPOSITORY_URI%%/*}"
docker push "$image"
