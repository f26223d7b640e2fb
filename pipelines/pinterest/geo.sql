-- Where and when a pin was posted. Coordinates are [latitude, longitude], or null if either is missing.
SELECT
    coalesce("index", idx, ind) AS ind,
    CASE WHEN country >= '!' OR trim(country, E' \t\n\r\x0B\f') <> '' THEN country END AS country,
    CASE WHEN latitude IS NOT NULL AND longitude IS NOT NULL THEN [latitude, longitude] END AS coordinates,
    "timestamp"
FROM input
