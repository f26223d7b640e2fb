-- Where and when a pin was posted. Coordinates are [latitude, longitude], or null if either is missing.
SELECT
    coalesce("index", idx, ind) AS ind,
    country,
    CASE WHEN latitude IS NOT NULL AND longitude IS NOT NULL THEN [latitude, longitude] END AS coordinates,
    "timestamp"
FROM input
