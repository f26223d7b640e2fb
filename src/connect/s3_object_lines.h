// The records of an object that is lines of JSON, or bytes with a separator behind each: read range by range, so that
// an object of any size takes little memory.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "objects/store.h"

namespace pinflow::connect {

struct S3LinesOf {
    std::string key;
    bool gzip = false;
    std::string separator;  // empty: the whole object is one record
};

// Each record without its separator, in order; a view that lives as long as the call. Answers the object's etag.
// conflict: the object has another one than `etag` (empty: any) or was written anew meanwhile; too_large: a record.
Result<std::string> read_lines(objects::ObjectStore& store, const S3LinesOf& of, const std::string& etag,
                               const std::function<Result<>(std::string_view)>& take);

}  // namespace pinflow::connect
