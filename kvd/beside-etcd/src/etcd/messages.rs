//! The messages of etcd's interface that are needed, as `rpc.proto` and `kv.proto` of etcd 3.4 number their
//! fields; of each those fields that are used.

use bytes::Bytes;
use prost::Message;

/// Sets a key.
#[derive(Clone, PartialEq, Message)]
pub struct PutRequest {
    /// The key.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
    /// Its value from now on.
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

/// It is done.
#[derive(Clone, PartialEq, Message)]
pub struct PutResponse {}

/// Gets the value of a key.
#[derive(Clone, PartialEq, Message)]
pub struct RangeRequest {
    /// The key.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
}

/// What was there.
#[derive(Clone, PartialEq, Message)]
pub struct RangeResponse {
    /// One, or none.
    #[prost(message, repeated, tag = "2")]
    pub pairs: Vec<KeyValue>,
}

/// A key and its value.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    /// The value.
    #[prost(bytes = "bytes", tag = "5")]
    pub value: Bytes,
}

/// Asks a member for what it says about itself.
#[derive(Clone, PartialEq, Message)]
pub struct StatusRequest {}

/// What a member says about itself.
#[derive(Clone, PartialEq, Message)]
pub struct StatusResponse {
    /// Who says it.
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    /// The member that leads, 0 if none.
    #[prost(uint64, tag = "4")]
    pub leader: u64,
    /// The last entry that it has applied.
    #[prost(uint64, tag = "7")]
    pub applied_index: u64,
}

/// Who answers.
#[derive(Clone, PartialEq, Message)]
pub struct ResponseHeader {
    /// The member's number.
    #[prost(uint64, tag = "2")]
    pub member_id: u64,
}
