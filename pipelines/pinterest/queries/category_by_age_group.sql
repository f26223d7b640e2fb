-- The most popular category of each age group.
SELECT age_group, category, category_count
FROM (SELECT age_group, category, count(*) AS category_count,
             rank() OVER (PARTITION BY age_group ORDER BY count(*) DESC) AS place
      FROM (SELECT ind,
                  CASE WHEN age BETWEEN 18 AND 24 THEN '18-24' WHEN age BETWEEN 25 AND 35 THEN '25-35'
                       WHEN age BETWEEN 36 AND 50 THEN '36-50' WHEN age > 50 THEN '+50' END AS age_group
            FROM {user}) AS poster
      JOIN {pin} AS pin USING (ind)
      WHERE age_group IS NOT NULL AND category IS NOT NULL
      GROUP BY age_group, category)
WHERE place = 1
ORDER BY age_group, category, category_count
