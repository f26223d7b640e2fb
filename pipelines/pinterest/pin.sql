-- One row of the pins that people posted, cleaned. Text that says "nothing is known" becomes null; other text is kept
-- as it is, spaces included. `x >= '!'` is true for text that does not begin with a blank: the common case, decided
-- by the first byte. Columns that begin with an underscore are helpers and are not stored.
SELECT
    coalesce("index", idx, ind) AS ind,
    CASE WHEN unique_id >= '!' OR trim(unique_id, E' \t\n\r\x0B\f') <> '' THEN unique_id END AS unique_id,
    CASE WHEN title >= '!' THEN nullif(title, 'No Title Data Available')
         WHEN trim(title, E' \t\n\r\x0B\f') <> '' THEN title END AS title,
    CASE WHEN description >= '!'
         THEN nullif(nullif(description, 'No description available Story format'), 'No description available')
         WHEN trim(description, E' \t\n\r\x0B\f') <> '' THEN description END AS description,
    -- Counts as they are nearly always written come first: 124, then 124k, 1.2M. The rest is exact, and slow: decimals,
    -- because 1.0005k is 1000.5 and half is rounded up.
    nullif(trim(follower_count, E' \t\n\r\x0B\f'), '') AS _followers,
    CASE
        WHEN regexp_full_match(follower_count, '[0-9]{1,18}') THEN CAST(follower_count AS BIGINT)
        WHEN regexp_full_match(follower_count, '[0-9]{1,6}([.][0-9]{1,3})?[kKmMbB]')
            THEN CAST(round(CAST(follower_count[:-2] AS DOUBLE) * CASE lower(follower_count[-1])
                WHEN 'k' THEN 1000 WHEN 'm' THEN 1000000 ELSE 1000000000 END) AS BIGINT)
        WHEN regexp_full_match(_followers, '[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+|[kKmMbB])?')
            THEN TRY_CAST(round(TRY_CAST(rtrim(_followers, 'kKmMbB') AS DECIMAL(28, 9)) * CASE lower(_followers[-1])
                WHEN 'k' THEN 1000 WHEN 'm' THEN 1000000 WHEN 'b' THEN 1000000000 ELSE 1 END) AS BIGINT)
    END AS follower_count,
    CASE WHEN poster_name >= '!' THEN nullif(poster_name, 'User Info Error')
         WHEN trim(poster_name, E' \t\n\r\x0B\f') <> '' THEN poster_name END AS poster_name,
    CASE WHEN tag_list >= '!' THEN nullif(tag_list, 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e')
         WHEN trim(tag_list, E' \t\n\r\x0B\f') <> '' THEN tag_list END AS tag_list,
    CASE WHEN is_image_or_video >= '!' OR trim(is_image_or_video, E' \t\n\r\x0B\f') <> ''
         THEN is_image_or_video END AS is_image_or_video,
    CASE WHEN image_src >= '!' THEN nullif(nullif(image_src, 'Image src error.'), 'Image src error')
         WHEN trim(image_src, E' \t\n\r\x0B\f') <> '' THEN image_src END AS image_src,
    replace(save_location, 'Local save in ', '') AS _place,
    CASE WHEN _place >= '!' OR trim(_place, E' \t\n\r\x0B\f') <> '' THEN _place END AS save_location,
    CASE WHEN category >= '!' OR trim(category, E' \t\n\r\x0B\f') <> '' THEN category END AS category
FROM input
