#include <fleetman/core/text.hpp>
#include <fleetman/s3/credentials.hpp>

#include <vector>

// Which of the places where credentials may be is looked at first.

namespace fleetman::s3 {
namespace {

struct place
{
    std::shared_ptr<credential_source> source;
    bool named; // by a setting, and not looked at just because it is usual
};

// Goes through its places until one has credentials, and stays with that one. Only a place that has none is passed
// over, or a usual one that we may not look at: broken or away is not missing, and going on would end with another
// account than the one that is meant.
class chain final : public credential_source
{
public:
    explicit chain(std::vector<place> places) : places_(std::move(places)) {}

    task<result<credentials>> current() override
    {
        if (chosen_)
            co_return co_await chosen_->current();
        std::string reasons;
        for (const place& one : places_) {
            result<credentials> account = co_await one.source->current();
            if (account) {
                chosen_ = one.source;
                co_return account;
            }
            const error why = account.error();
            reasons += (reasons.empty() ? "" : "; ") + why.message();
            if (why.code() != errc::not_found && (why.code() != errc::denied || one.named))
                co_return error(why.code(), reasons);
        }
        co_return error(errc::denied, "there are none: " + reasons);
    }

    bool refused(const credentials& used) override { return chosen_ && chosen_->refused(used); }

private:
    std::vector<place> places_;
    std::shared_ptr<credential_source> chosen_;
};

std::filesystem::path shared_file(const environment& from)
{
    if (const auto named = from("AWS_SHARED_CREDENTIALS_FILE"))
        return *named;
    return std::filesystem::path(from("HOME").value_or("/")) / ".aws" / "credentials";
}

std::optional<container_endpoint> container_of(const environment& from)
{
    container_endpoint made;
    if (const auto path = from("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"))
        made.url = "http://169.254.170.2" + *path;
    else if (const auto url = from("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        made.url = *url;
    else
        return std::nullopt;
    made.authorization = secret(from("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or(""));
    made.token_file = from("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value_or("");
    return made;
}

} // namespace

std::shared_ptr<credential_source> default_credentials(environment from, clock& time)
{
    const std::string profile = from("AWS_PROFILE").value_or("default");
    const bool file_is_named = from("AWS_SHARED_CREDENTIALS_FILE").has_value();
    const auto instance = from("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    std::vector<place> places{
        {environment_credentials(from), true}, {profile_credentials(shared_file(from), profile), file_is_named}};
    if (const auto container = container_of(from))
        places.push_back({container_credentials(*container, time), true});
    if (lower_case(from("AWS_EC2_METADATA_DISABLED").value_or("")) != "true")
        places.push_back(
            {instance_credentials(instance.value_or("http://169.254.169.254"), time), instance.has_value()});
    return std::make_shared<chain>(std::move(places));
}

} // namespace fleetman::s3
