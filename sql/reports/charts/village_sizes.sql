-- Grain: one row per rulebook, statistical year and class of yearly sales: Taobao villages in it. Contract 5, village_status.
select
    rulebook,
    year,
    case
        when sales < 10000000 then 0
        when sales < 20000000 then 1
        when sales < 50000000 then 2
        when sales < 100000000 then 3
        when sales < 500000000 then 4
        else 5
    end as class,
    count(*) as villages
from village_status
where is_taobao_village
group by rulebook, year, class
order by rulebook, year, class;
