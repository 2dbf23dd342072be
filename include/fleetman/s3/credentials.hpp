#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/core/secret.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

// Who we are to a store, and where that is learned: configured, or asked of the environment, a file or the machine, and
// asked again before it expires.

namespace fleetman::s3 {

struct credentials
{
    std::string access_key;
    secret secret_key;
    secret session_token; // empty: none

    bool operator==(const credentials&) const = default;
};

class credential_source
{
public:
    virtual ~credential_source() = default;

    // What holds now. Fails with not_found when this source has none, denied or invalid when what it has is of no use,
    // unavailable when asking again may help.
    virtual task<result<credentials>> current() = 0;

    // The store has refused a request that was signed with `used`. True when asking again may bring others.
    virtual bool refused(const credentials& used)
    {
        static_cast<void>(used);
        return false;
    }
};

std::shared_ptr<credential_source> fixed_credentials(credentials account);

// The value of an environment variable, or nothing when it is unset or empty: getenv(3), or a test's.
using environment = std::function<std::optional<std::string>(const char* name)>;
environment process_environment();

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
std::shared_ptr<credential_source> environment_credentials(environment from);

// A profile of a shared credentials file ("Shared config and credentials files", AWS SDKs and Tools reference guide).
// The file is looked at for each request, and read again when it is another than it was.
std::shared_ptr<credential_source> profile_credentials(std::filesystem::path file, std::string profile);

// Where a machine's or container's credentials are asked for.
struct container_endpoint
{
    std::string url;                  // whole: "http://169.254.170.2/v2/credentials/…"
    secret authorization;             // of the header of that name; empty: none
    std::filesystem::path token_file; // or a file that holds it, read each time
};

// The instance metadata service of the machine, version 2 (EC2 user guide, "Use IMDSv2"). `service`: its address, as
// "http://169.254.169.254".
std::shared_ptr<credential_source> instance_credentials(std::string service, clock& time);

// The endpoint that a container's platform names ("Container credential provider", AWS SDKs and Tools reference
// guide). Plain HTTP is spoken to this host and to the platforms' link-local addresses alone.
std::shared_ptr<credential_source> container_credentials(container_endpoint from, clock& time);

// The first that has any, in this order: environment, shared file (AWS_SHARED_CREDENTIALS_FILE, else
// ~/.aws/credentials; AWS_PROFILE, else "default"), container (AWS_CONTAINER_CREDENTIALS_…), instance (unless
// AWS_EC2_METADATA_DISABLED). One that is there but broken or away ends the search with its reason.
std::shared_ptr<credential_source> default_credentials(environment from, clock& time);

} // namespace fleetman::s3
