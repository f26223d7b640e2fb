#include "net/inflater.h"

#include <array>
#include <limits>

namespace pinflow::net {

Inflater::Inflater() {
    ready_ = inflateInit2(&stream_, MAX_WBITS + 16) == Z_OK;
}  // + 16: gzip and nothing else

Inflater::~Inflater() {
    if (ready_) inflateEnd(&stream_);
}

Inflater::State Inflater::next(std::string_view& input, char* to, size_t room, size_t& written) {
    written = 0;
    if (!ready_) return State::broken;
    const auto bounded = [](size_t size) { return static_cast<uInt>(std::min<size_t>(size, 1u << 30)); };
    while (pending_ || !input.empty()) {
        if (room == written) return State::out_of_room;
        if (at_end_) {
            inflateReset(&stream_);
            at_end_ = false;
        }
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib does not write to it
        stream_.avail_in = bounded(input.size());
        stream_.next_out = reinterpret_cast<Bytef*>(to + written);
        stream_.avail_out = bounded(room - written);
        const uInt in_before = stream_.avail_in;
        const uInt out_before = stream_.avail_out;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        input.remove_prefix(in_before - stream_.avail_in);
        written += out_before - stream_.avail_out;
        at_end_ = result == Z_STREAM_END;
        const bool nothing_left = result == Z_BUF_ERROR && input.empty();
        if (result != Z_OK && !at_end_ && !nothing_left) return State::broken;
        pending_ = result == Z_OK && stream_.avail_out == 0;
    }
    return State::more;
}

Result<> Inflater::unpack(std::string_view input, const std::function<Result<>(std::string_view)>& take) {
    std::array<char, 1 << 16> out;
    for (auto state = State::out_of_room; state == State::out_of_room;) {
        size_t written = 0;
        state = next(input, out.data(), out.size(), written);
        if (state == State::broken) return fail(Code::corrupt, "it is no gzip, or damaged");
        PINFLOW_TRY(take(std::string_view(out.data(), written)));
    }
    return {};
}

}  // namespace pinflow::net
