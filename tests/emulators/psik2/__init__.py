"""psik_api 2.0.1's `/v2`, written from its OpenAPI description and recorded answers."""
