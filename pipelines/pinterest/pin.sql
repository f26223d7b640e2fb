-- One row of the pins that people posted, cleaned. What stands for "nothing is known" is null already (pipeline.toml);
-- other text is kept as it is, spaces included. Columns that begin with an underscore are helpers and are not stored.
SELECT
    coalesce("index", idx, ind) AS ind,
    unique_id,
    title,
    description,
    -- Counts as they are nearly always written come first: 124, 124k, 3M. The rest is exact, and slow: decimals, because
    -- 1.0005k is 1000.5 and half is rounded up.
    trim(follower_count, E' \t\n\r\x0B\f') AS _followers,
    CASE
        WHEN regexp_full_match(follower_count, '[0-9]{1,12}k') THEN CAST(follower_count[:-2] AS BIGINT) * 1000
        WHEN regexp_full_match(follower_count, '[0-9]{1,12}') THEN CAST(follower_count AS BIGINT)
        WHEN regexp_full_match(follower_count, '[0-9]{1,12}M') THEN CAST(follower_count[:-2] AS BIGINT) * 1000000
        WHEN regexp_full_match(_followers, '[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+|[kKmMbB])?')
            THEN TRY_CAST(round(TRY_CAST(rtrim(_followers, 'kKmMbB') AS DECIMAL(28, 9)) * CASE lower(_followers[-1])
                WHEN 'k' THEN 1000 WHEN 'm' THEN 1000000 WHEN 'b' THEN 1000000000 ELSE 1 END) AS BIGINT)
    END AS follower_count,
    poster_name,
    tag_list,
    is_image_or_video,
    image_src,
    replace(save_location, 'Local save in ', '') AS _place,
    CASE WHEN _place >= '!' THEN _place WHEN trim(_place, E' \t\n\r\x0B\f') <> '' THEN _place END AS save_location,
    category
FROM input
