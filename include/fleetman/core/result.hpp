#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The failure vocabulary shared by every module: a code to branch on plus the sentence an operator reads.
// What the world can cause is returned as a result; exceptions are for bugs and exhausted memory.

namespace fleetman {

// Reasons a caller may want to branch on. Anything finer belongs in the message.
enum class errc
{
    not_found = 1, // the key, cell, node or file does not exist
    conflict,      // a precondition failed: someone else wrote first, or the state forbids it
    invalid,       // input from a person, a peer or a stored document is malformed
    denied,        // credentials are missing or insufficient
    too_large,     // a limit that protects us was exceeded
    unsupported,   // the other side cannot do this at all, now or later
    unavailable,   // worth retrying later: timeouts, throttling, refused connections, 5xx
    cancelled,     // we were asked to stop
    failed,        // a command or remote operation ran and said no
};

const boost::system::error_category& fleetman_category() noexcept;
boost::system::error_code make_error_code(errc value) noexcept;

// One violated rule of a document: `field` is a dotted path ("files[2].mode"), empty for the whole.
struct field_error
{
    std::string field;
    std::string message;

    bool operator==(const field_error&) const = default;
};

// What an S3 server said, in its own words (S3 API reference, "Error responses").
struct store_fault
{
    std::string code; // "AccessDenied"
    std::string message;
    std::string request_id;
};

class error
{
public:
    error() = default; // boost::system::result needs one
    error(boost::system::error_code code, std::string message) : code_(code), message_(std::move(message)) {}

    // Many violations of one document, reported together; the message should name the document.
    static error violations(std::string message, std::vector<field_error> fields);

    const boost::system::error_code& code() const noexcept { return code_; }
    const std::string& message() const noexcept { return message_; }
    const std::vector<field_error>& fields() const noexcept;
    // Null unless an S3 server answered.
    const store_fault* store() const noexcept;

    // The same error seen from one level up: "publish web/1: put x: access denied".
    error within(std::string_view doing) const;
    error with_store_fault(store_fault fault) const;

private:
    struct details;

    boost::system::error_code code_;
    std::string message_;
    std::shared_ptr<const details> details_; // rare, so off the common path
};

template <class T>
using result = boost::system::result<T, error>;

template <class T>
using task = boost::asio::awaitable<T>;

// Lets result<T>::value() throw in tests and in main(), the two places allowed to.
[[noreturn]] void throw_exception_from_error(const error& err, const boost::source_location& where);

} // namespace fleetman

template <>
struct boost::system::is_error_code_enum<fleetman::errc> : std::true_type
{};
