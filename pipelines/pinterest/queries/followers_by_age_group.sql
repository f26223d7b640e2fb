-- The median number of followers in each age group.
SELECT age_group, median(follower_count) AS median_follower_count
FROM (SELECT ind,
                  CASE WHEN age BETWEEN 18 AND 24 THEN '18-24' WHEN age BETWEEN 25 AND 35 THEN '25-35'
                       WHEN age BETWEEN 36 AND 50 THEN '36-50' WHEN age > 50 THEN '+50' END AS age_group
      FROM {user}) AS poster
JOIN {pin} AS pin USING (ind)
WHERE age_group IS NOT NULL AND follower_count IS NOT NULL
GROUP BY age_group
ORDER BY age_group, median_follower_count
