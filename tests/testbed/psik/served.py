"""psik_api 1.0.0 as it is served: the outer application is given the lifespan it never runs."""

from psik_api.main import app, lifespan

app.router.lifespan_context = lifespan
