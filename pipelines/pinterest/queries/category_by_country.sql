-- The most popular category of each country; all of them where there is a tie.
SELECT country, category, category_count
FROM (SELECT country, category, count(*) AS category_count,
             rank() OVER (PARTITION BY country ORDER BY count(*) DESC) AS place
      FROM {pin} AS pin JOIN {geo} AS geo USING (ind)
      WHERE country IS NOT NULL AND category IS NOT NULL
      GROUP BY country, category)
WHERE place = 1
ORDER BY country, category, category_count
