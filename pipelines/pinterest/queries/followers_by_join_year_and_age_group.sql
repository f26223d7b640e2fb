-- The median number of followers by age group and the year of joining, 2015 to 2020.
SELECT age_group, post_year, median(follower_count) AS median_follower_count
FROM (SELECT ind, year(make_timestamp(epoch_us(date_joined))) AS post_year,
                  CASE WHEN age BETWEEN 18 AND 24 THEN '18-24' WHEN age BETWEEN 25 AND 35 THEN '25-35'
                       WHEN age BETWEEN 36 AND 50 THEN '36-50' WHEN age > 50 THEN '+50' END AS age_group
      FROM {user}) AS poster
JOIN {pin} AS pin USING (ind)
WHERE age_group IS NOT NULL AND post_year BETWEEN 2015 AND 2020 AND follower_count IS NOT NULL
GROUP BY age_group, post_year
ORDER BY age_group, post_year, median_follower_count
