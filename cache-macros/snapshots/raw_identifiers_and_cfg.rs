#[cfg(unix)]
#[allow(dead_code)]
pub(crate) async fn r#type(#[cfg(test)] r#in: u64, #[cfg(not(test))] r#in: u32) -> bool {
    static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::new(
        ::core::concat!(::core::module_path!(), "::", "r#type"),
        "type",
        {
            const __VALUE: ::core::time::Duration = TTL;
            __VALUE
        },
    );
    let __caches = ::two_tier_cache::__private::current();
    match ::two_tier_cache::__private::attempt(
        &__caches,
        &__FUNCTION,
        ::two_tier_cache::__private::Probe::<bool>::new()
            .__shape(&::two_tier_cache::__private::MessagePack),
        ::two_tier_cache::__private::Instance::new(
            ::core::any::type_name_of_val(&|| ()),
            &[],
            &[],
        ),
        |__key| {
            #[cfg(test)]
            {
                ::two_tier_cache::__private::part(__key, &r#in);
            }
            #[cfg(not(test))]
            {
                ::two_tier_cache::__private::part(__key, &r#in);
            }
        },
    ) {
        ::two_tier_cache::__private::Attempt::Hit(__value) => __value,
        ::two_tier_cache::__private::Attempt::Miss(__miss) => {
            __miss
                .load(async move {
                    #[allow(unused_braces)]
                    let __output: bool = if false {
                        return ::two_tier_cache::__private::never::<bool>();
                    } else {
                        { r#in == 0 }
                    };
                    #[allow(unreachable_code)] return __output;
                })
                .await
        }
    }
}
///Invalidates what `r#type` caches for these arguments.
///
///It is under way when this returns. Its keys start with `type:`.
#[cfg(unix)]
#[allow(dead_code)]
#[allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
pub(crate) fn invalidate_type(
    #[cfg(test)]
    r#in: impl ::two_tier_cache::KeyArg<u64>,
    #[cfg(not(test))]
    r#in: impl ::two_tier_cache::KeyArg<u32>,
) -> ::two_tier_cache::Invalidate {
    let __caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::invalidate(
        &__caches,
        "type",
        ::core::time::Duration::ZERO,
        false,
        |__key| {
            #[cfg(test)]
            {
                ::two_tier_cache::__private::arg::<u64>(__key, &r#in);
            }
            #[cfg(not(test))]
            {
                ::two_tier_cache::__private::arg::<u32>(__key, &r#in);
            }
        },
    )
}
