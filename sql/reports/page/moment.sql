-- Grain: one row: the version of the program, and the statistical years. Contract 5, run, headline.
select
    (select code_version from run) as code_version,
    (select min(year) from headline) as first_year,
    (select max(year) from headline) as last_year;
