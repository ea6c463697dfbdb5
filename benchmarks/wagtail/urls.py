"""Addresses of the Wagtail site."""

from django.contrib import admin
from django.urls import include, path
from wagtail import urls as site
from wagtail.admin import urls as office
from wagtail.documents import urls as documents

urlpatterns = [
    path("django-admin/", admin.site.urls),
    path("admin/", include(office)),
    path("documents/", include(documents)),
    path("", include(site)),
]
