// Frames of application/vnd.amazon.eventstream: docs/kinesis_fanout.md.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pinflow::kinesis {

using EventHeader = std::pair<std::string_view, std::string_view>;  // name, value: a string

// One frame.
std::string event_frame(std::span<const EventHeader> headers, std::string_view payload);

}  // namespace pinflow::kinesis
