#include <fleetman/core/bytes.hpp>

namespace fleetman {

task<result<std::string>> string_source::read(std::size_t max)
{
    std::string piece = body_.substr(offset_, max);
    offset_ += piece.size();
    co_return piece;
}

task<result<void>> string_sink::write(std::string_view chunk)
{
    if (chunk.size() > cap_ - body_.size())
        co_return error(errc::too_large, "more than " + std::to_string(cap_) + " bytes");
    body_.append(chunk);
    co_return result<void>();
}

task<result<std::uint64_t>> copy_bytes(byte_source& from, byte_sink& to)
{
    std::uint64_t moved = 0;
    for (;;) {
        result<std::string> piece = co_await from.read(copy_block_bytes);
        if (!piece)
            co_return piece.error();
        if (piece->empty())
            co_return moved;
        result<void> written = co_await to.write(*piece);
        if (!written)
            co_return written.error();
        moved += piece->size();
    }
}

} // namespace fleetman
