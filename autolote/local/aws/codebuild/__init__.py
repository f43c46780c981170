"""CodeBuild: builds container images without Docker, by following their Dockerfile."""
