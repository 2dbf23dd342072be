#include "dispatch.hpp"
#include "faults.hpp"

#include <algorithm>
#include <array>

namespace fleetman::s3server {

namespace {

using http::verb;

enum class resource
{
    service,
    bucket,
    object
};

// What of its rights an access key needs.
enum class need
{
    everything,
    bucket, // to be of this one
    list,
    read,
    write,
    remove
};

struct route
{
    verb method;
    resource on;
    std::string_view subresource; // empty: none
    operation perform;
    need of;
};

constexpr std::array routes{
    route{verb::get, resource::service, "", list_buckets, need::everything},
    route{verb::put, resource::bucket, "", create_bucket, need::everything},
    route{verb::head, resource::bucket, "", head_bucket, need::bucket},
    route{verb::delete_, resource::bucket, "", delete_bucket, need::everything},
    route{verb::get, resource::bucket, "", list_objects, need::list},
    route{verb::get, resource::bucket, "location", bucket_location, need::bucket},
    route{verb::get, resource::bucket, "uploads", list_uploads, need::list},
    route{verb::post, resource::bucket, "delete", delete_many, need::bucket}, // which looks at each key
    route{verb::put, resource::object, "", put_object, need::write},
    route{verb::get, resource::object, "", get_object, need::read},
    route{verb::head, resource::object, "", get_object, need::read},
    route{verb::delete_, resource::object, "", delete_object, need::remove},
    route{verb::post, resource::object, "uploads", create_upload, need::write},
    route{verb::put, resource::object, "uploadId", upload_part, need::write},
    route{verb::get, resource::object, "uploadId", list_parts, need::write},
    route{verb::post, resource::object, "uploadId", complete_upload, need::write},
    route{verb::delete_, resource::object, "uploadId", abort_upload, need::write},
};

// All parameters by which S3 tells one operation on a bucket or an object from another.
constexpr std::array<std::string_view, 35> subresources{"accelerate", "acl", "analytics", "attributes", "cors",
    "delete", "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle", "location", "logging",
    "metadataTable", "metrics", "notification", "object-lock", "ownershipControls", "policy", "policyStatus",
    "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select", "session", "tagging",
    "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website"};

resource resource_of(const s3_request& asked)
{
    if (asked.bucket.empty())
        return resource::service;
    return asked.key.empty() ? resource::bucket : resource::object;
}

std::string_view subresource_of(const s3_request& asked)
{
    for (const auto& [name, value] : asked.http.query) {
        const bool current_version = name == "versionId" && value == "null"; // all that an unversioned bucket has
        if (!current_version && std::find(subresources.begin(), subresources.end(), name) != subresources.end())
            return *std::find(subresources.begin(), subresources.end(), name);
    }
    return {};
}

// The form of a put that takes its body from another object.
operation copying(operation put)
{
    return put == put_object ? copy_object : put == upload_part ? copy_part : put;
}

bool allows(const key_holder& who, need of, const s3_request& asked)
{
    switch (of) {
    case need::everything: return who.may_everything();
    case need::bucket: return who.may_use(asked.bucket);
    case need::list: return who.may(action::list, asked.bucket, asked.parameter("prefix"));
    case need::read: return who.may(action::read, asked.bucket, asked.key);
    case need::write: return who.may(action::write, asked.bucket, asked.key);
    case need::remove: return who.may(action::remove, asked.bucket, asked.key);
    }
    return false;
}

} // namespace

result<operation> find_operation(const s3_request& asked)
{
    const resource on = resource_of(asked);
    const std::string_view subresource = subresource_of(asked);
    for (const route& one : routes) {
        if (one.method != asked.http.method || one.on != on || one.subresource != subresource)
            continue;
        if (!allows(*asked.who, one.of, asked))
            return make_error(fault::access_denied, "This access key may not do this here");
        const bool copies = one.method == verb::put && !asked.header("x-amz-copy-source").empty();
        return copies ? copying(one.perform) : one.perform;
    }
    if (subresource.empty())
        return make_error(fault::method_not_allowed);
    return make_error(fault::not_implemented,
        "This store does not have " + std::string(to_string(asked.http.method)) + " with ?" + std::string(subresource));
}

} // namespace fleetman::s3server
