{% macro names(texts) %}({% for text in texts %}'{{ text }}'{{ ", " if not loop.last }}{% endfor %}){% endmacro %}
