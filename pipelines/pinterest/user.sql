-- Who posted a pin. The name is first and last name joined by one blank, or the one that exists.
SELECT
    coalesce("index", idx, ind) AS ind,
    nullif(concat_ws(' ', trim(first_name, E' \t\n\r\x0B\f'), trim(last_name, E' \t\n\r\x0B\f')), '') AS user_name,
    age,
    date_joined
FROM input
