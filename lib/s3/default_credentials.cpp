#include <fleetman/core/text.hpp>
#include <fleetman/s3/credentials.hpp>

#include <vector>

// Which of the places where credentials may be is looked at first.

namespace fleetman::s3 {
namespace {

// Goes through its sources until one has credentials, and stays with that one.
class chain final : public credential_source
{
public:
    explicit chain(std::vector<std::shared_ptr<credential_source>> sources) : sources_(std::move(sources)) {}

    task<result<credentials>> current() override
    {
        if (chosen_)
            co_return co_await chosen_->current();
        std::string reasons;
        for (const auto& one : sources_) {
            result<credentials> account = co_await one->current();
            if (account) {
                chosen_ = one;
                co_return account;
            }
            // Broken is not missing: going on would end with another account than the one that is meant.
            if (account.error().code() == errc::invalid)
                co_return account;
            reasons += (reasons.empty() ? "" : "; ") + account.error().message();
        }
        co_return error(errc::denied, "there are none: " + reasons);
    }

    bool refused(const credentials& used) override { return chosen_ && chosen_->refused(used); }

private:
    std::vector<std::shared_ptr<credential_source>> sources_;
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
    std::vector<std::shared_ptr<credential_source>> sources{
        environment_credentials(from), profile_credentials(shared_file(from), from("AWS_PROFILE").value_or("default"))};
    if (const auto container = container_of(from))
        sources.push_back(container_credentials(*container, time));
    if (lower_case(from("AWS_EC2_METADATA_DISABLED").value_or("")) != "true")
        sources.push_back(
            instance_credentials(from("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254"), time));
    return std::make_shared<chain>(std::move(sources));
}

} // namespace fleetman::s3
