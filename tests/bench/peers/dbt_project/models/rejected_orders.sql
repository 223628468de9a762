-- Grain: one row per delivered row that is not accepted.
{{ config(materialized="external", location=var("out") ~ "/rejected.parquet") }}
select * from {{ ref("checked_orders") }} where reasons <> ''
