-- The most popular category of each year of posting, 2018 to 2022.
SELECT post_year, category, category_count
FROM (SELECT post_year, category, count(*) AS category_count,
             rank() OVER (PARTITION BY post_year ORDER BY count(*) DESC) AS place
      FROM (SELECT ind, year(make_timestamp(epoch_us("timestamp"))) AS post_year FROM {geo}) AS geo
      JOIN {pin} AS pin USING (ind)
      WHERE post_year BETWEEN 2018 AND 2022 AND category IS NOT NULL
      GROUP BY post_year, category)
WHERE place = 1
ORDER BY post_year, category, category_count
