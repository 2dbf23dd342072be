#include <fleetman/core/result.hpp>

#include <boost/system/system_error.hpp>

#include <optional>

namespace fleetman {
namespace {

class category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "fleetman"; }

    std::string message(int value) const override
    {
        switch (static_cast<errc>(value)) {
        case errc::not_found: return "not found";
        case errc::conflict: return "conflict";
        case errc::invalid: return "invalid";
        case errc::denied: return "denied";
        case errc::too_large: return "too large";
        case errc::unsupported: return "not supported";
        case errc::unavailable: return "unavailable";
        case errc::cancelled: return "cancelled";
        case errc::failed: return "failed";
        }
        return "unknown";
    }
};

} // namespace

struct error::details
{
    std::vector<field_error> fields;
    std::optional<store_fault> store;
};

const boost::system::error_category& fleetman_category() noexcept
{
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(errc value) noexcept
{
    return {static_cast<int>(value), fleetman_category()};
}

error error::violations(std::string message, std::vector<field_error> fields)
{
    error made(errc::invalid, std::move(message));
    made.details_ = std::make_shared<const details>(details{std::move(fields), std::nullopt});
    return made;
}

const std::vector<field_error>& error::fields() const noexcept
{
    static const std::vector<field_error> none;
    return details_ ? details_->fields : none;
}

const store_fault* error::store() const noexcept
{
    return details_ && details_->store ? &*details_->store : nullptr;
}

error error::within(std::string_view doing) const
{
    error seen = *this;
    seen.message_ = std::string(doing) + ": " + message_;
    return seen;
}

error error::with_store_fault(store_fault fault) const
{
    error seen = *this;
    seen.details_ = std::make_shared<const details>(details{fields(), std::move(fault)});
    return seen;
}

void throw_exception_from_error(const error& err, const boost::source_location& where)
{
    boost::throw_exception(boost::system::system_error(err.code(), err.message()), where);
}

} // namespace fleetman
