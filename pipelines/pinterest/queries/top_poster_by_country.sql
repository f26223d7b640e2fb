-- The poster with the most followers in each country.
SELECT DISTINCT country, poster_name, follower_count
FROM (SELECT country, poster_name, follower_count, max(follower_count) OVER (PARTITION BY country) AS most
      FROM {pin} AS pin JOIN {geo} AS geo USING (ind)
      WHERE country IS NOT NULL)
WHERE follower_count = most
ORDER BY country, poster_name, follower_count
