"""psik_api: portable batch jobs behind a REST service, `/v1` and `/v2`."""
