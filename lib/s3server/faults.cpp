#include "faults.hpp"

#include <array>

namespace fleetman::s3server {

namespace {

using http::status;

struct description
{
    fault which;
    std::string_view code;
    status answer;
    errc reason;
    std::string_view message;
};

constexpr std::array descriptions{
    description{fault::access_denied, "AccessDenied", status::forbidden, errc::denied, "Access Denied"},
    description{fault::authorization_header_malformed, "AuthorizationHeaderMalformed", status::bad_request,
        errc::invalid, "The authorization header is malformed"},
    description{fault::authorization_query_parameters_error, "AuthorizationQueryParametersError", status::bad_request,
        errc::invalid, "The query's authorization parameters are malformed"},
    description{fault::bad_digest, "BadDigest", status::bad_request, errc::invalid,
        "The digest or checksum you specified did not match what we received"},
    description{fault::bucket_already_owned_by_you, "BucketAlreadyOwnedByYou", status::conflict, errc::conflict,
        "The bucket exists already, and you own it"},
    description{fault::bucket_not_empty, "BucketNotEmpty", status::conflict, errc::conflict,
        "The bucket you tried to delete is not empty"},
    description{fault::content_sha256_mismatch, "XAmzContentSHA256Mismatch", status::bad_request, errc::invalid,
        "The provided 'x-amz-content-sha256' header does not match what was computed"},
    description{fault::entity_too_large, "EntityTooLarge", status::bad_request, errc::too_large,
        "Your proposed upload exceeds the maximum allowed size"},
    description{fault::entity_too_small, "EntityTooSmall", status::bad_request, errc::invalid,
        "A part other than the last is smaller than 5 MiB"},
    description{fault::incomplete_body, "IncompleteBody", status::bad_request, errc::invalid,
        "You did not provide the number of bytes specified by the Content-Length header"},
    description{fault::internal_error, "InternalError", status::internal_server_error, errc::failed,
        "We encountered an internal error. Please try again"},
    description{fault::invalid_access_key_id, "InvalidAccessKeyId", status::forbidden, errc::denied,
        "The access key ID you provided does not exist in our records"},
    description{fault::invalid_argument, "InvalidArgument", status::bad_request, errc::invalid, "Invalid argument"},
    description{fault::invalid_bucket_name, "InvalidBucketName", status::bad_request, errc::invalid,
        "The specified bucket is not valid"},
    description{fault::invalid_digest, "InvalidDigest", status::bad_request, errc::invalid,
        "The Content-MD5 or checksum you specified is not valid"},
    description{fault::invalid_part, "InvalidPart", status::bad_request, errc::invalid,
        "One or more of the specified parts could not be found, or its entity tag does not match"},
    description{fault::invalid_part_order, "InvalidPartOrder", status::bad_request, errc::invalid,
        "The list of parts was not in ascending order"},
    description{fault::invalid_range, "InvalidRange", status::range_not_satisfiable, errc::invalid,
        "The requested range is not satisfiable"},
    description{fault::invalid_request, "InvalidRequest", status::bad_request, errc::invalid, "Invalid request"},
    description{fault::key_too_long, "KeyTooLongError", status::bad_request, errc::invalid, "Your key is too long"},
    description{fault::malformed_xml, "MalformedXML", status::bad_request, errc::invalid,
        "The XML you provided was not well-formed or did not validate against our published schema"},
    description{fault::metadata_too_large, "MetadataTooLarge", status::bad_request, errc::too_large,
        "Your metadata headers exceed the maximum allowed metadata size"},
    description{fault::method_not_allowed, "MethodNotAllowed", status::method_not_allowed, errc::unsupported,
        "The specified method is not allowed against this resource"},
    description{fault::missing_content_length, "MissingContentLength", status::length_required, errc::invalid,
        "You must provide the Content-Length HTTP header"},
    description{fault::no_such_bucket, "NoSuchBucket", status::not_found, errc::not_found,
        "The specified bucket does not exist"},
    description{
        fault::no_such_key, "NoSuchKey", status::not_found, errc::not_found, "The specified key does not exist"},
    description{fault::no_such_upload, "NoSuchUpload", status::not_found, errc::not_found,
        "The specified multipart upload does not exist"},
    description{fault::not_implemented, "NotImplemented", status::not_implemented, errc::unsupported,
        "A header or parameter you provided implies functionality that is not implemented"},
    description{fault::precondition_failed, "PreconditionFailed", status::precondition_failed, errc::conflict,
        "At least one of the preconditions you specified did not hold"},
    description{fault::request_time_too_skewed, "RequestTimeTooSkewed", status::forbidden, errc::denied,
        "The difference between the request time and the server's time is too large"},
    description{fault::signature_does_not_match, "SignatureDoesNotMatch", status::forbidden, errc::denied,
        "The request signature we calculated does not match the signature you provided. Check your key and signing "
        "method"},
    description{fault::slow_down, "SlowDown", status::service_unavailable, errc::unavailable,
        "The store cannot do this now. Please try again later"},
};

const description& describe(fault which)
{
    for (const description& one : descriptions)
        if (one.which == which)
            return one;
    return describe(fault::internal_error);
}

} // namespace

std::string_view code_of(fault which)
{
    return describe(which).code;
}

http::status status_of(fault which)
{
    return describe(which).answer;
}

error make_error(fault which)
{
    return make_error(which, std::string(describe(which).message));
}

error make_error(fault which, std::string message)
{
    const description& known = describe(which);
    store_fault details{std::string(known.code), message, {}};
    return error(known.reason, std::move(message)).with_store_fault(std::move(details));
}

fault fault_of(const error& failure)
{
    if (failure.store() != nullptr)
        for (const description& one : descriptions)
            if (one.code == failure.store()->code)
                return one.which;
    // A body that did not arrive whole, or was larger than the server takes: http/ reports these.
    if (failure.code() == errc::too_large)
        return fault::entity_too_large;
    if (failure.code() == errc::unavailable)
        return fault::slow_down;
    return fault::internal_error;
}

} // namespace fleetman::s3server
