-- The median number of followers by the year in which the poster joined, 2015 to 2020.
SELECT post_year, median(follower_count) AS median_follower_count
FROM (SELECT ind, year(make_timestamp(epoch_us(date_joined))) AS post_year FROM {user}) AS poster
JOIN {pin} AS pin USING (ind)
WHERE post_year BETWEEN 2015 AND 2020 AND follower_count IS NOT NULL
GROUP BY post_year
ORDER BY post_year, median_follower_count
