(() => {
"use strict";
{% include "script/elements.js" %}
{% include "script/tables.js" %}
{% include "script/matrices.js" %}
{% include "script/gallery.js" %}
{% include "script/chart_values.js" %}
{% include "script/chart_files.js" %}
{% include "script/contents.js" %}
})();
