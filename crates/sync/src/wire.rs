//! Spelling of foreign types in JSON, for `#[serde(with = …)]`.

/// A [`enroll_schema::ResourceId`] as text.
pub(crate) mod resource_id {
    use enroll_schema::ResourceId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(id: &ResourceId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(id.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ResourceId, D::Error> {
        let text = String::deserialize(from)?;
        ResourceId::new(&text).map_err(D::Error::custom)
    }
}

/// Several [`enroll_schema::ResourceId`]s as an array of text.
pub(crate) mod resource_ids {
    use enroll_schema::ResourceId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(ids: &[ResourceId], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ids.iter().map(ResourceId::as_str))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<ResourceId>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts
            .iter()
            .map(|text| ResourceId::new(text).map_err(D::Error::custom))
            .collect()
    }
}

/// An absent or present [`enroll_schema::ResourceId`].
pub(crate) mod maybe_resource_id {
    use enroll_schema::ResourceId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::ref_option,
        reason = "serde's `with` passes the field by reference"
    )]
    pub(crate) fn serialize<S: Serializer>(
        id: &Option<ResourceId>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => to.serialize_some(id.as_str()),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<ResourceId>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| ResourceId::new(&text).map_err(D::Error::custom))
            .transpose()
    }
}

/// A [`enroll_schema::Timestamp`] as RFC 3339 text.
pub(crate) mod instant {
    use enroll_schema::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's `with` passes the field by reference"
    )]
    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        Timestamp::parse(&text).ok_or_else(|| D::Error::custom("expected an RFC 3339 instant"))
    }
}

/// An absent or present [`enroll_schema::Timestamp`].
pub(crate) mod maybe_instant {
    use enroll_schema::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::ref_option,
        reason = "serde's `with` passes the field by reference"
    )]
    pub(crate) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.collect_str(at),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let read = |text: String| {
            Timestamp::parse(&text).ok_or_else(|| D::Error::custom("expected an RFC 3339 instant"))
        };
        text.map(read).transpose()
    }
}
