-- The country where the most followed poster posts.
SELECT DISTINCT country, follower_count
FROM (SELECT country, follower_count, max(follower_count) OVER () AS most
      FROM {pin} AS pin JOIN {geo} AS geo USING (ind)
      WHERE country IS NOT NULL)
WHERE follower_count = most
ORDER BY country, follower_count
