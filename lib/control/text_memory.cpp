#include <fleetman/control/versions.hpp>
#include <fleetman/core/deadline.hpp>

namespace fleetman::control {

task<result<semaphore::permit>> text_memory::reserve(std::uint64_t length)
{
    constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
    constexpr std::uint64_t copies = 2; // as it came, and with its new line ends
    constexpr std::chrono::seconds patience(60);
    const std::uint64_t weight = (copies * length + mebibyte - 1) / mebibyte;
    result<semaphore::permit> room = co_await with_deadline(room_.acquire(static_cast<std::size_t>(weight)), patience);
    if (!room)
        co_return room.error().within("too many texts are being stored at a time; try again");
    co_return room;
}

} // namespace fleetman::control
