"use strict";
// JSON.parse would round the largest id, so the page tells it in words alone.
fetch("/openapi.json").then(response => response.text()).then(text =>
  SwaggerUIBundle({spec: JSON.parse(text.replace(/,\s*"maximum":\s*10000000000000000007/g, "")), dom_id: "#swagger-ui",
    deepLinking: true, validatorUrl: null}));
