#pragma once

#include <fleetman/core/bytes.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>

// Joins a get, which pushes, to a put, which pulls. Both run on one executor (one thread).

namespace fleetman::bucket {

// Holds two blocks. The last one is passed on only by a successful finish(): an object whose reading fails at the very
// end, on its checksum, never becomes a whole object elsewhere.
class pipe final : public byte_source, public byte_sink
{
public:
    explicit pipe(const boost::asio::any_io_executor& executor);

    // Fails with cancelled after stop_reading().
    task<result<void>> write(std::string_view chunk) override;
    // The end of what is written, or why it will not come.
    task<void> finish(result<void> outcome);

    task<result<std::string>> read(std::size_t max) override;
    void stop_reading();

private:
    task<result<void>> pass(std::string block);
    task<void> changed();
    void wake() { signal_.cancel(); }

    boost::asio::steady_timer signal_; // cancelled, as a notification, at each change
    std::string held_;                 // written, not yet to be read
    std::string ready_;
    std::optional<error> failure_;
    bool ended_ = false;
    bool stopped_ = false;
};

} // namespace fleetman::bucket
