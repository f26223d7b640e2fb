// The keys by what they decide; s3_keys.h has them all.
#pragma once
#include <vector>

#include "connect/key.h"

namespace pinflow::connect {

std::vector<Key> s3_connector_keys();  // when objects end, which format
std::vector<Key> s3_bucket_keys();     // which store, and how it is asked
std::vector<Key> s3_content_keys();    // what is in an object
std::vector<Key> s3_side_keys();       // keys and headers beside the values
std::vector<Key> s3_layout_keys();     // where an object lies

}  // namespace pinflow::connect
