-- Grain: one row: how many delivered rows are accepted, and how many are not.
{{ config(materialized="external", location=var("out") ~ "/counts.parquet") }}
select count(*) filter (reasons = '') as accepted, count(*) filter (reasons <> '') as rejected
from {{ ref("checked_orders") }}
