-- How many users joined in each year, 2015 to 2020.
SELECT year(make_timestamp(epoch_us(date_joined))) AS post_year, count(*) AS number_users_joined
FROM {user}
WHERE post_year BETWEEN 2015 AND 2020
GROUP BY post_year
ORDER BY post_year, number_users_joined
