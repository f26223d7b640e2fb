// What a broker without an authorizer says that everybody may do: a bit each, numbered as Kafka's AclOperation.
#pragma once
#include <cstdint>

namespace pinflow::kafka {

inline constexpr int32_t topic_operations = 0b1101'1111'1000;
inline constexpr int32_t group_operations = 0b1'0100'1000;  // read, delete, describe
inline constexpr int32_t cluster_operations = 0b1'1111'1010'0000;

}  // namespace pinflow::kafka
